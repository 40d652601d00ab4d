"""Operations on a site with ERPNext. Run inside the site, see `support.shell`."""
