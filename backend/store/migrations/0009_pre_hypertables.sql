-- Check-in answers and device status become hypertables where TimescaleDB is (backend/store/hypertables.py). A unique
-- key of a hypertable holds its time column. There is no foreign key out of a hypertable: it would be copied to every
-- chunk, lock check_in whenever a chunk is made, and keep drop_chunks from working. Answers are written in the
-- transaction of their check-in; who takes a check-in away takes its answers first.
SET LOCAL lock_timeout = '5s';

ALTER TABLE check_in_answer DROP CONSTRAINT check_in_answer_pkey;
ALTER TABLE check_in_answer DROP CONSTRAINT check_in_answer_check_in_id_fkey;
ALTER TABLE check_in_answer ADD PRIMARY KEY (check_in_id, answered_at, item, ordinal);
CREATE INDEX device_status_by_client ON device_status (client_id, sent_at DESC);
