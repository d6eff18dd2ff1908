"""The relapse model: probability that drinking starts in the next 24 and 72 hours, with reasons in words.

Rooms: `frame` (typed histories of many people), `study` (study folders), `labels`, `features`, `split`,
`logistic`, `calibrate`, `train`, `evaluate`, `artifact`, `predict`, `card`. Scoring needs numpy only.
"""
