-- Per station: minutes in each charging state, and those an idle fee may be asked for: the vehicle suspends, or stays
-- plugged in, after it has charged. Suspension by the EVSE is not parking. Only charges whose states can be told count:
-- both ends and every event in between have a usable time, and these do not fall.
SELECT
    tenant, min(transactions.station) AS station,
    round(toFloat64(sum(time_charging_s)) / 60, 2) AS charging,
    round(toFloat64(sum(time_suspended_ev_s)) / 60, 2) AS suspended_ev,
    round(toFloat64(sum(time_suspended_evse_s)) / 60, 2) AS suspended_evse,
    round(toFloat64(sum(time_ev_connected_s)) / 60, 2) AS ev_connected,
    round(toFloat64(sum(time_idle_s)) / 60, 2) AS idle,
    round(toFloat64(sum(time_unknown_s)) / 60, 2) AS unknown,
    round(sum(idle_s) / 60, 2) AS idle_fee
FROM transactions
LEFT ANY JOIN idle_times USING (tenant, station_key, transaction_key, instance)
WHERE time_charging_s IS NOT NULL
GROUP BY tenant, station_key
ORDER BY idle_fee DESC, tenant, station;
