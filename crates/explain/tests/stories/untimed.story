# an event whose time cannot be read, placed by when it was received
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U - reg=3500 rx=10:16
2 U 10:30 reg=6000
3 E 11:05 end=13300 reason=Local
settled
