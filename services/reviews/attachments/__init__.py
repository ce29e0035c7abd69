"""Tệp đính kèm (bản quét): what a scan must be, and where it is kept."""
