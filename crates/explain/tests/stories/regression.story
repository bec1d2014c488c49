# the register goes back without the mark of another meter
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:15 reg=3000
2 U 10:30 reg=200
3 U 10:45 reg=2600
4 E 11:05 end=5000 reason=Local
settled
