import t from 'tap';
import { shownName } from '../../../../web/page/shown-name.ts';
import { en } from '../../../../web/page/words/en.ts';
import { zh } from '../../../../web/page/words/zh.ts';

t.test('whoever gave no name is called by the role, in the language of the page', async (test) => {
  test.equal(shownName('consultant', en), 'Consultant');
  test.equal(shownName('consultant', zh), '顾问');
  test.equal(shownName('client', zh), '顾客');
  test.equal(shownName('device', zh), '设备');
});

t.test('names are left as they are, also those that the dictionary knows', async (test) => {
  for (const name of ['Anna Wei', '王芳', 'title', 'muteOther', 'toString', '']) {
    test.equal(shownName(name, en), name);
  }
});
