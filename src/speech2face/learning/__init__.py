"""The networks and how they are trained: training engine, face decoder, voice encoder."""
