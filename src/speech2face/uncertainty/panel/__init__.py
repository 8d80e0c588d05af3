"""The panel: talkers who are in no video, to calibrate answers on and to audit them with."""
