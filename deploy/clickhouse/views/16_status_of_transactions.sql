-- What stations were asked about their transactions, what they said, and what follows from it.

CREATE OR REPLACE VIEW status_of_transactions
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId asked for, case-folded; only the newest charge of an id is asked for',
    questions UInt64 COMMENT 'How often it was asked for',
    asked_at DateTime64(6, 'UTC') COMMENT 'When it was last asked for',
    asked_because LowCardinality(String) COMMENT 'Reason of the last question: missing_events, stale, no_start or evse_started',
    outcome LowCardinality(Nullable(String)) COMMENT 'What became of the last question: answered, unreadable, call_error, timed_out or not_connected; NULL while the answer is awaited',
    answered_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the station last answered; NULL: it never did',
    ongoing Nullable(Bool) COMMENT 'ongoingIndicator of that answer; NULL where absent: unknown',
    messages_in_queue Nullable(Bool) COMMENT 'messagesInQueue of that answer',
    held_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the station last said that the charge goes on or that messages wait, since the last new content: nothing is over before it has been silent for as long again',
    denied_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the station said for the second time, long enough after the first and with nothing new or to the contrary since, that no message waits (of an open charge: and that it is over)',
    goes_on Bool COMMENT 'Whether the last answer since the last new content was that the charge goes on'
)
AS
WITH (SELECT (watermark, toInt64(ask_again_after_s * 1000000)) FROM watermark) AS clock
SELECT
    d.tenant AS tenant, d.station AS station_key, d.transaction_id AS transaction_key,
    d.questions AS questions, d.asked_at AS asked_at, d.asked_because AS asked_because, d.outcome AS outcome,
    if(empty(d.answers), NULL, d.answers[-1].answered_at) AS answered_at,
    if(empty(d.answers), NULL, d.answers[-1].ongoing) AS ongoing,
    if(empty(d.answers), NULL, d.answers[-1].messages_in_queue) AS messages_in_queue,
    nullIf(d.held, toDateTime64(0, 6, 'UTC')) AS held_at,
    nullIf(
        arrayFirst(a -> a.asked_at >= addMicroseconds(d.denials[1].answered_at, clock.2), d.denials).answered_at,
        toDateTime64(0, 6, 'UTC')) AS denied_at,
    toBool(ifNull(d.heard[-1].ongoing, false)) AS goes_on
FROM
(
    SELECT
        *,
        arrayFilter(
            a -> a.answered_at > held AND NOT a.messages_in_queue
                AND if(class = 'open', ifNull(NOT a.ongoing, false), ifNull(NOT a.ongoing, true)),
            heard) AS denials
    FROM
    (
        SELECT *, arrayLast(a -> ifNull(a.ongoing, false) OR a.messages_in_queue, heard).answered_at AS held
        FROM
        (
            -- what was asked after the last new content, and up to whose answer everything is written
            SELECT *, arrayFilter(a -> a.asked_at >= last_received_at AND a.answered_at <= clock.1, answers) AS heard
            FROM (SELECT tenant, station, transaction_id, class, last_received_at FROM transaction_rows FINAL WHERE part_of IS NULL AND until = 9223372036854775807) AS r
            INNER ANY JOIN
            (
                SELECT
                    tenant, station, transaction_id,
                    count() AS questions,
                    max(q.asked_at) AS asked_at,
                    toString(argMax(q.reason, q.asked_at)) AS asked_because,
                    nullIf(argMax(if(a.come, toString(a.best.1), ''), q.asked_at), '') AS outcome,
                    arraySort(x -> x.answered_at, groupArrayIf(
                        CAST(
                            (q.asked_at, a.best.2, a.best.3, ifNull(a.best.4, false)),
                            'Tuple(asked_at DateTime64(6, ''UTC''), answered_at DateTime64(6, ''UTC''), ongoing Nullable(Bool), messages_in_queue Bool)'),
                        a.come AND a.best.1 = 'answered' AND a.best.4 IS NOT NULL)) AS answers
                FROM status_questions AS q FINAL
                LEFT ANY JOIN
                (
                    SELECT
                        tenant, station, transaction_id, question_id, true AS come,
                        argMin((outcome, answered_at, ongoing, messages_in_queue), (outcome, answered_at)) AS best
                    FROM status_answers
                    GROUP BY tenant, station, transaction_id, question_id
                ) AS a USING (tenant, station, transaction_id, question_id)
                GROUP BY tenant, station, transaction_id
            ) AS asked USING (tenant, station, transaction_id)
        )
    )
) AS d
COMMENT 'One row per transactionId that a station was asked for: questions and answers of GetTransactionStatus, and what they say of its newest charge';
