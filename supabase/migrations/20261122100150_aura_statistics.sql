-- Without these statistics the planner expects almost every row to be outstanding and reads the whole table.
-- In a file of its own: reading the sample takes seconds on a large table, and no lock of the indexes' file may
-- last that long. Neither statement holds up the app's reads or writes.
set lock_timeout = '500ms';

create statistics if not exists public.clothing_items_aura_outstanding_statistics
  on (public.aura_photo_outstanding(image_url, ai_tags)) from public.clothing_items;
analyze public.clothing_items;

reset lock_timeout;
