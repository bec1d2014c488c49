# a flawless charge; one event came three times
0 S 10:00 begin=1000 tok=04A2B3C4 evse=1/1 state=EVConnected
1 U 10:05 reg=1000 state=Charging
2 U 10:30 reg=6000 x3
3 U 11:00 reg=12000
4 E 11:05 end=13.3kWh state=EVConnected reason=EVDisconnected
settled
