# only the signed data hold the registers of begin and end
0 S 10:00 begin.signed=1.000kWh tok=A evse=1/1 state=Charging
1 U 10:30 pow=11000
2 E 11:05 end.signed=13.300kWh reason=Local
settled
