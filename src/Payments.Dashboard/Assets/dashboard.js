// What every page does. Pages work without it.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split('; ').some(cookie => cookie.startsWith('payments-time-zone='))) {
    document.cookie = `payments-time-zone=${encodeURIComponent(zone)}; path=/dashboard; max-age=31536000; samesite=lax`;
}

// On a narrow screen the navigation scrolls, and the current page may be out of sight.
document.querySelector('nav.main [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
