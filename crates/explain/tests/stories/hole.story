# two Updated are lost, one of them in quarantine; both registers are there
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 U 10:15 reg=3500
4 U 11:00 reg=11000
5 E 11:05 end=13300 reason=Local
set-aside 10:30:02 not_json seq=2
unreadable 10:31:02 invalid_utf8
settled
