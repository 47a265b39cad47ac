// The reader's choice of light or dark, before anything is drawn. Without a choice the system decides.
const chosen = localStorage.getItem('dpgn-theme');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
