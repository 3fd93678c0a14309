"""One file per grant type of `/token`: read the form, call one verb of `grants`, answer."""
