# seqNo begins anew after a reboot in the middle of the charge
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:15 reg=3000
2 U 10:30 reg=5000
1 U 10:45 reg=7000 why=TxResumed
2 U 11:00 reg=9000
3 E 11:15 end=11000 reason=Local
settled
