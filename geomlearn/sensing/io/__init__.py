"""Files of the sensing room: sensors, measured values, snapshots, gains."""
