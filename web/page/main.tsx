import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { codeOfFragment } from './invite-link.ts';
import { forgetToken } from './tab-memory.ts';
import './styles/base.css';
import './styles/entry.css';
import './styles/call.css';
import './styles/drawer.css';
import { LanguageProvider } from './words/language.tsx';

// The code leaves the address bar before anything else happens: it must not end up in a screenshot or the history.
const code = codeOfFragment(location.hash);
if (code !== undefined) {
  history.replaceState(null, '', location.pathname);
  // A new invitation counts, not the consultation of before.
  forgetToken();
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <LanguageProvider>
    <App code={code} />
  </LanguageProvider>,
);
