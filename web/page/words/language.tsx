import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { en, type Words } from './en.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';

interface Spoken {
  readonly language: Language;
  readonly words: Words;
  readonly switchLanguage: () => void;
}

const dictionaries: Readonly<Record<Language, Words>> = { en, zh };
const KEY = 'visavis.language';

const Context = createContext<Spoken>({ language: 'en', words: en, switchLanguage: () => undefined });

function firstLanguage(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Speaks the browser's language until the person chooses the other one. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  const switchLanguage = () => {
    const next = language === 'zh' ? 'en' : 'zh';
    localStorage.setItem(KEY, next);
    setLanguage(next);
  };
  return <Context value={{ language, words: dictionaries[language], switchLanguage }}>{children}</Context>;
}

export function useWords(): Words {
  return use(Context).words;
}

export function useLanguage(): Spoken {
  return use(Context);
}
