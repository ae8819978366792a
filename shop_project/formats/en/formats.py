"""English days and times in the admin as the shop's pages write them (CLDR), such as Nov 24, 2026, 6:20 PM."""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "M j, Y, g:i A"
