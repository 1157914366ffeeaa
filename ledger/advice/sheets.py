"""Spreadsheets handed in, and labels handed out."""

from __future__ import annotations

SHEETS: dict[str, str] = {
    "label-form-unknown": "Name the file .pdf, .svg or .png.",
    "label-layout-unknown": "Ask for one of the layouts the detail names.",
    "label-malformed": "Give a label of 1 to 100 characters.",
    "label-numbering-impossible": "Give a serial number ending in digits, and a key without one.",
    "label-too-small": "Choose a layout with larger labels, or a lower error correction level.",
    "labels-busy": "Ask again after the seconds in Retry-After; other sheets are being drawn.",
    "labels-too-many": "Ask for the labels in several sheets.",
    "qr-level-unknown": "Use L, M, Q or H.",
    "qr-too-large": "Shorten the text, or choose a lower error correction level.",
    "sheet-archive-refused": "Download a new template, paste the data as values and save it as "
    ".xlsx.",
    "sheet-cell-error": "Clear the error and type the value.",
    "sheet-choice-unknown": "Choose from the drop-down list.",
    "sheet-code-malformed": "Compare each digit with the code on the package or the certificate.",
    "sheet-code-rounded": "Format the cell as text and type the code again.",
    "sheet-column-missing": "Download a new template and keep its headings.",
    "sheet-column-repeated": "Remove one of the columns.",
    "sheet-column-unknown": "Remove the column, or write its heading as in the template.",
    "sheet-date-future": "Check the date; leave it if it is a plan.",
    "sheet-date-malformed": "Write day/month/year, for example 25/11/2026.",
    "sheet-empty": "Fill in at least one row, from row 3 on.",
    "sheet-encoding-unknown": "Save it as CSV UTF-8, or hand in the .xlsx.",
    "sheet-event-refused": "Check the cells of the row; if nothing is wrong there, tell the "
    "operator.",
    "sheet-file-unknown": "Open the file and save it as .xlsx without a password.",
    "sheet-formula": "Copy the cell and paste it as a value.",
    "sheet-isolation-running": "Check the dates and the isolation days.",
    "sheet-item-missing": "Fill in the container, or the product and its lot.",
    "sheet-item-repeated": "Add the two rows up to one, or give the times if there were two "
    "occasions.",
    "sheet-job-unknown": "Use the address given when the sheet was accepted.",
    "sheet-lot-malformed": "Use 1 to 20 letters without accents, digits and - . / _, no spaces.",
    "sheet-name-repeated": "Give the two entries different names.",
    "sheet-name-unknown": "Add the name with its code to the list, or write the code itself.",
    "sheet-number-ambiguous": "Write it without separators of thousands, for example 1234,5.",
    "sheet-number-malformed": "Write digits with one decimal comma; the unit has a column of "
    "its own.",
    "sheet-row-differs": "Write the same in all rows of one occasion, or leave later rows empty.",
    "sheet-row-repeated": "Remove the row; if there were two occasions, give their times.",
    "sheet-template-unknown": "Download a new template and keep its first row.",
    "sheet-text-too-long": "Write less.",
    "sheet-time-malformed": "Write hours and minutes, for example 05:40.",
    "sheet-too-large": "Hand the data in in several files.",
    "sheet-value-missing": "Fill the cell in.",
}
