/** What several errors tell the person in the same words, in English and in Chinese. */

/** The page and the server do not understand each other. */
export const outdated = {
  en: 'This page is out of date or broken. Please reload it.',
  zh: '页面已过期或出错，请刷新后重试。',
};

/** A fault of ours. */
export const tryAgain = {
  en: 'Something went wrong on our side. Please try again.',
  zh: '服务器出现问题，请稍后重试。',
};

/** What lets somebody in is not good (any more). */
export const newLink = {
  en: 'This link no longer works. Please ask the clinic for a new one.',
  zh: '链接已失效，请向诊所索取新的链接。',
};

/** Too much at once. */
export const busy = {
  en: 'The server is busy. Please wait a moment and try again.',
  zh: '服务器繁忙，请稍候再试。',
};

/** A right is missing. */
export const notAllowed = {
  en: 'You are not allowed to do this here.',
  zh: '您没有此操作的权限。',
};

/** Offer/answer failed. */
export const cannotConnect = {
  en: 'The video connection could not be set up. Please try another browser or network.',
  zh: '无法建立视频连接，请更换浏览器或网络后重试。',
};
