# the record is stored, its events expired
0 S 10:00 begin=1000 tok=A evse=1/1 state=Charging
1 E 11:05 end=13300 reason=Local
expired
settled
