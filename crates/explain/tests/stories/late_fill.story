# the hole was filled an hour later, by a queue that was emptied, and the record knows it
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:15 reg=3500
3 U 10:45 reg=8500
4 E 11:05 end=13300 reason=Local
2 U 10:30 reg=6000 offline rx=12:10
