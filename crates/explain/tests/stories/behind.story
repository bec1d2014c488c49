# the Ended is stored, and the record does not know it yet
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:30 reg=6000
2 E 11:05 end=13300 reason=Local
stored 2
