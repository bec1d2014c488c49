-- Per station: minutes in each charging state, and those an idle fee may be asked for: the vehicle suspends, or stays
-- plugged in, after it has charged. Suspension by the EVSE is not parking.
SELECT
    tenant, station_key,
    round(sumIf(seconds, charging_state = 'Charging') / 60, 2) AS charging,
    round(sumIf(seconds, charging_state = 'SuspendedEV') / 60, 2) AS suspended_ev,
    round(sumIf(seconds, charging_state = 'SuspendedEVSE') / 60, 2) AS suspended_evse,
    round(sumIf(seconds, charging_state = 'EVConnected') / 60, 2) AS ev_connected,
    round(sumIf(seconds, charging_state = 'Idle') / 60, 2) AS idle,
    round(sumIf(seconds, charging_state = 'Unknown') / 60, 2) AS unknown,
    round(sumIf(seconds, after_charging AND charging_state IN ('SuspendedEV', 'EVConnected')) / 60, 2) AS idle_fee
FROM state_intervals
GROUP BY tenant, station_key
ORDER BY idle_fee DESC, tenant, station_key;
