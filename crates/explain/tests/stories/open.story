# no Ended yet
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:30 reg=6000
2 U 10:45 reg=8500
