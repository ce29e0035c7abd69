"""Past cases from XLSX (vụ việc trước khi có hệ thống): the form, its reading, the preview and the execution."""
