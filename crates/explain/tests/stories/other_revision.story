# an older revision of the rules wrote the record
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 E 11:05 end=13300 reason=Local
revision 0
settled
