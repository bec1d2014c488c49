# an event told again with another note in customData, and an Ended told again with another time
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:30 reg=6000 note=try-1
1 U 10:30 reg=6000 note=try-2 rx=10:31
2 E 11:05 end=13300 reason=Local
settled
