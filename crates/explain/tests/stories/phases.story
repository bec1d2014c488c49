# the register is told by phases
0 S 10:00 begin.L1=1000 begin.L2=1100 begin.L3=900 tok=A evse=1/1 state=Charging
1 U 10:30 reg.L1=2000 reg.L2=2100 reg.L3=1900
2 E 11:05 end.L1=5000 end.L2=5100 end.L3=4900 reason=Local
settled
