# an Updated behind the end has a higher register and state Charging
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:30 reg=6000
2 E 11:05 end=13300 reason=Local
3 U 11:20 reg=14000 state=Charging
settled
