DROP TABLE remaps;
DROP TABLE payout_lists;
DROP TABLE differences;
DROP TABLE reconciliations;
