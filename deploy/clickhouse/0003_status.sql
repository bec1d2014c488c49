-- Questions to stations, GetTransactionStatus, and what they answered; and the numbers by which charges are judged.
--
-- Questions and answers are facts of their own, written by whichever process asked or read the answer; what follows from
-- them for a charge is the business of the views. Both are ReplacingMergeTree, so that a row written twice is one row.

CREATE TABLE IF NOT EXISTS status_questions
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    station            String COMMENT 'Station identity, ASCII case-folded' CODEC(ZSTD(1)),
    transaction_id     String COMMENT 'transactionId asked for, ASCII case-folded' CODEC(ZSTD(1)),
    question_id        UUID COMMENT 'Id of the question; the answer repeats it' CODEC(NONE),
    asked_at           DateTime64(6, 'UTC') COMMENT 'When it was asked, clock of the process that asked' CODEC(DoubleDelta, ZSTD(1)),
    deadline_at        DateTime64(6, 'UTC') COMMENT 'Until when an answer is awaited; silence until then is the answer not_connected' CODEC(DoubleDelta, ZSTD(1)),
    reason             Enum8('missing_events' = 1, 'stale' = 2, 'no_start' = 3, 'evse_started' = 4) COMMENT 'Why: an Ended with missing seqNos, an open charge that fell silent, a charge without Started, another start on the EVSE'
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, station, transaction_id, question_id)
COMMENT 'GetTransactionStatus: what was asked';

-- Of several answers to one question, one that the station gave beats silence, and the first beats the later.
CREATE TABLE IF NOT EXISTS status_answers
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    station            String COMMENT 'Station identity, ASCII case-folded' CODEC(ZSTD(1)),
    transaction_id     String COMMENT 'transactionId asked for, ASCII case-folded' CODEC(ZSTD(1)),
    question_id        UUID COMMENT 'Question that it answers' CODEC(NONE),
    outcome            Enum8('answered' = 1, 'unreadable' = 2, 'call_error' = 3, 'timed_out' = 4, 'not_connected' = 5) COMMENT 'answered: messagesInQueue could be read; every other outcome is no answer and decides nothing',
    answered_at        DateTime64(6, 'UTC') COMMENT 'When it came or the wait was over' CODEC(DoubleDelta, ZSTD(1)),
    ongoing            Nullable(Bool) COMMENT 'ongoingIndicator; NULL where absent: unknown',
    messages_in_queue  Nullable(Bool) COMMENT 'messagesInQueue; NULL only where outcome is not answered',
    raw                String COMMENT 'Bytes of the answer exactly as received; empty where none came' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, station, transaction_id, question_id, outcome, answered_at)
COMMENT 'GetTransactionStatus: what was answered';

INSERT INTO parameters
SELECT name, value, revision, meaning
FROM values(
    'name String, value Float64, revision UInt64, meaning String',
    ('ask_after_s', 30, 0, 'seconds between an Ended with missing seqNos and the first question'),
    ('ask_again_after_s', 900, 0, 'seconds between an answer that nothing is left to send and the question that confirms it'))
WHERE name NOT IN (SELECT name FROM parameters);

CREATE TABLE IF NOT EXISTS plausibility_checks
(
    name               LowCardinality(String) COMMENT 'Check, as in the view plausibility',
    minimum            Nullable(Float64) COMMENT 'The figure fails below it; NULL: no lower bound',
    maximum            Nullable(Float64) COMMENT 'The figure fails above it; NULL: no upper bound',
    level              Enum8('off' = 0, 'suspicious' = 1, 'rejected' = 2) COMMENT 'What failing means; off: not checked',
    revision           UInt64 COMMENT 'The row with the highest revision counts',
    meaning            String COMMENT 'Figure, unit and reason'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (name)
COMMENT 'Bounds of plausibility; change one by inserting a row with a higher revision';

INSERT INTO plausibility_checks
SELECT name, minimum, maximum, level, revision, meaning
FROM values(
    'name String, minimum Nullable(Float64), maximum Nullable(Float64), level String, revision UInt64, meaning String',
    ('energy', 0.5, 200, 'suspicious', 0, 'kWh charged; a passenger car holds no more than 200'),
    ('energy_impossible', 0, 1500, 'rejected', 0, 'kWh charged; the largest battery of a truck holds less'),
    ('duration', 120, 86400, 'suspicious', 0, 'seconds from start to end'),
    ('cost', 0, 300, 'suspicious', 0, 'cost including tax as the station calculated it, in its currency'),
    ('power', NULL, 1.1, 'suspicious', 0, 'mean power between neighbouring readings over the rating of connector or EVSE, the highest of the charge'),
    ('start_in_future', NULL, 300, 'rejected', 0, 'seconds from the receipt of the first event to the start'),
    ('age', NULL, 90, 'rejected', 0, 'days from the end to the watermark; most partners take no older charge'),
    ('token', 1, NULL, 'rejected', 0, 'tokens that started the charge'),
    ('tariff', 1, NULL, 'suspicious', 0, 'tariffs told by the station or given to it'),
    ('overlap', NULL, 0, 'suspicious', 0, 'other charges at the same time on the EVSE'),
    ('register', 0, 1000000000, 'suspicious', 0, 'Wh on the meter at begin and end; a meter of six digits of kWh turns over there'))
WHERE name NOT IN (SELECT name FROM plausibility_checks);

-- What the CSMS asked for and a station should have made a charge of. Ids are unique per station.
CREATE TABLE IF NOT EXISTS start_requests
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    station            String COMMENT 'Station identity, ASCII case-folded' CODEC(ZSTD(1)),
    kind               Enum8('remote_start' = 1, 'reservation' = 2) COMMENT 'RequestStartTransaction or ReserveNow',
    request_id         Int64 COMMENT 'remoteStartId, or id of the reservation' CODEC(ZSTD(1)),
    requested_at       DateTime64(6, 'UTC') COMMENT 'When it was sent' CODEC(ZSTD(1)),
    revision           UInt64 COMMENT 'The row with the highest revision counts'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant, station, kind, request_id)
COMMENT 'Remote starts and reservations as the CSMS sent them; the events only tell of those that became a charge';
