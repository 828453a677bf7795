mod url_events;
mod webhooks;
