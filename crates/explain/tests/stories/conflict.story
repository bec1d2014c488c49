# two contents of the Ended that differ in its register
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:30 reg=6000
2 E 11:05 end=13300 reason=Local
2 E 11:05 end=13350 reason=Local rx=11:09
