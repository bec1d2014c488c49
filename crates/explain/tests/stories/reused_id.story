# one transactionId for two charges on one day
0 S 08:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 08:30 reg=3000
2 E 09:00 end=5000 reason=Local
0 S 18:00 begin=5000 tok=B evse=1/1 state=Charging
1 E 19:00 end=9000 reason=Local
settled
