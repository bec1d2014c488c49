# 1,600 events; a hole, a conflict and a variant in the middle
0 S 00:10 begin=1000 tok=A evse=1/1 state=Charging
1..700 U 00:11+1m reg=1100+100
700 U 11:50 reg=71050 rx=11:52
705..900 U 11:55+1m reg=71500+100
900 U 15:10 reg=91000 note=again rx=15:12
901..1400 U 15:11+1m reg=91100+100
1401 E 23:40 end=142000 reason=Local
settled
