DROP TABLE sign_in_tries;
DROP TABLE sessions;
