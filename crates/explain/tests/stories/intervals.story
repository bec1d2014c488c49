# no register at all, only amounts of intervals
0 S 10:00 tok=A evse=1/1 state=Charging
1..4 U 10:15+15m int=2500
5 E 11:05 reason=Local
settled
