"""Numbers from arrays: numpy and scipy in, frozen results out."""
