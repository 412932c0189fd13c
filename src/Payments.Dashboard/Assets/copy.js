// Buttons that copy a text: <button type="button" data-copy="the text" hidden>Copy</button>. Without a text, they copy the element after them.
// They appear only if the browser can copy. A page that shows a secret has <div data-address="/dashboard/…">: that becomes its URL, so that loading
// it again neither repeats the form nor shows the secret.

if (navigator.clipboard) {
    for (const button of document.querySelectorAll('[data-copy]')) {
        const label = button.textContent;
        button.hidden = false;
        button.addEventListener('click', async () => {
            try {
                await navigator.clipboard.writeText(button.dataset.copy || button.nextElementSibling.textContent);
                button.textContent = 'Copied';
            } catch {
                button.textContent = 'Not copied: select the text';
            }
            setTimeout(() => { button.textContent = label; }, 2000);
        });
    }
}

const shownOnce = document.querySelector('[data-address]');
if (shownOnce) {
    history.replaceState(null, '', shownOnce.dataset.address);
}
