# the Started never came
4 U 10:30 reg=6000 state=Charging
5 U 10:45 reg=8500
6 E 11:05 end=13300 reason=Local
settled
