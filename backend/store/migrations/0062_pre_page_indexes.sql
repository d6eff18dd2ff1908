-- nykter: no-transaction
-- The triage list asks for each client's newest positive that nobody has settled; few results are one.
CREATE INDEX CONCURRENTLY IF NOT EXISTS test_result_unsettled ON test_result (client_id, measured_at DESC)
    WHERE state IN ('positive_pending', 'positive_unconfirmed', 'abnormal_confirmation');
