-- Whoever forgets, or deletes what is too old, does it for all organisations, one after the other:
-- in a transaction that says so, their ids are seen.
create policy listed on offhook.organisations for select to offhook_gateway
  using ((select current_setting('offhook.lists_organisations', true)) = 'yes');
