"""What every other room needs and none of them owns: actor, ids, clock, errors, outbox, jobs, blobs, keys."""
