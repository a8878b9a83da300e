// What the page says, in English and Chinese. index.html holds the English of its own texts.

const zh = {
  purpose: '勾画结肠镜图像中的息肉',
  notice: '仅供科研与教学，不是医疗器械。',
  work: '图像',
  choose: '选择图像',
  photograph: '拍照',
  live: '实时摄像头',
  cameras: '摄像头',
  keep: '保留此帧',
  empty: '将图像拖到此处、粘贴或选择文件，立即勾画轮廓。',
  view: '视图',
  zoomIn: '放大',
  zoomOut: '缩小',
  fit: '适合窗口',
  before: '前后对比',
  pictures: '图像列表',
  found: '结果',
  polyps: '息肉，从大到小',
  number: '序号',
  area: '面积',
  box: '外框（像素）',
  confidence: '置信度',
  threshold: '阈值',
  opacity: '不透明度',
  correct: '手工修正',
  brush: '画笔',
  eraser: '橡皮',
  undo: '撤销',
  redo: '重做',
  size: '大小',
  save: '保存',
  mask: '掩膜',
  overlay: '叠加图',
  dataSet: '全部存为数据集',
  saveHint: 'COCO 与数据集包含所有图像。数据集中的 images/ 和 masks/ 可直接用于 bcnet train。',
  where: '运行位置',
  device: '本设备',
  server: '本服务器',
  model: '模型',
  token: '令牌',
  useToken: '使用',
  keysTitle: '键盘操作',
  keys: '焦点在图像上时：+ 和 − 缩放，0 适合窗口，方向键移动，B 前后对比，N 和 P 切换到下一张和上一张，D 选画笔，E 选橡皮；此后方向键移动画笔，按住 Shift 移动图像，空格键涂画。Ctrl+Z 撤销，Ctrl+Y 重做。',
  footer: '它会漏掉息肉，也会误报。请勿用于诊断。',
};

const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

const spoken = {
  en: {
    noPicture: 'No picture yet',
    loading: (mb) => `Loading the model (${mb} MB, once)`,
    preparing: 'Starting the model',
    working: (name) => `Outlining ${name}`,
    found: (n, area, ms) =>
      `${n === 0 ? 'No polyp found' : `${count(n, 'polyp', 'polyps')}, ${area}% of the image`} (${ms} ms)`,
    corrected: (n, area) => `${count(n, 'polyp', 'polyps')}, ${area}% of the image, corrected by hand`,
    picture: (name, n) => `${name} with ${count(n, 'outlined polyp', 'outlined polyps')}`,
    listed: (n) => count(n, 'polyp', 'polyps'),
    waiting: 'waiting',
    failed: 'not read',
    remove: (name) => `Remove ${name}`,
    pixels: 'px',
    unreadable: (name) => `${name}: this browser cannot read it as an image`,
    tooLarge: (name, mp) => `${name}: ${mp} megapixels, 100 are allowed`,
    failure: (name, why) => `${name}: ${why}`,
    noModel: (why) => `The model could not be loaded: ${why}`,
    staysHere: 'Images stay on this device: nothing is sent anywhere.',
    goesTo: (host) => `Images are sent to this server, ${host}, and nowhere else. It keeps none.`,
    noServer: (host) => `No bcnet server answers at ${host}: images are outlined on this device`,
    asksForToken: (host) => `${host} asks for a token: images are sent once it is given`,
    wrongToken: (host) => `${host} does not take this token`,
    int8: (mb) => `8 bits, ${mb} MB`,
    float: (mb) => `float, ${mb} MB`,
    stop: 'Stop the camera',
    live: 'Live camera',
    rate: (fps, ms) => `${fps} frames/s, ${ms} ms`,
    noCamera: 'No camera found',
    refused: 'The camera is not allowed for this page: change that in the browser',
    insecure: 'Browsers give the camera to pages from https or localhost only',
    cameraFailed: (why) => `The camera does not work: ${why}`,
  },
  zh: {
    noPicture: '尚无图像',
    loading: (mb) => `正在下载模型（${mb} MB，仅一次）`,
    preparing: '正在启动模型',
    working: (name) => `正在勾画 ${name}`,
    found: (n, area, ms) =>
      `${n === 0 ? '未发现息肉' : `${n} 个息肉，占图像 ${area}%`}（${ms} 毫秒）`,
    corrected: (n, area) => `${n} 个息肉，占图像 ${area}%，已手工修正`,
    picture: (name, n) => `${name}，已勾画 ${n} 个息肉`,
    listed: (n) => `${n} 个息肉`,
    waiting: '等待中',
    failed: '无法读取',
    remove: (name) => `移除 ${name}`,
    pixels: '像素',
    unreadable: (name) => `${name}：此浏览器无法将其读作图像`,
    tooLarge: (name, mp) => `${name}：${mp} 百万像素，最多允许 100`,
    failure: (name, why) => `${name}：${why}`,
    noModel: (why) => `无法加载模型：${why}`,
    staysHere: '图像留在本设备上，不会发送到任何地方。',
    goesTo: (host) => `图像只发送到本服务器 ${host}，服务器不保存图像。`,
    noServer: (host) => `${host} 上没有 bcnet 服务器，图像在本设备上处理`,
    asksForToken: (host) => `${host} 需要令牌：提供令牌后才会发送图像`,
    wrongToken: (host) => `${host} 不接受此令牌`,
    int8: (mb) => `8 位，${mb} MB`,
    float: (mb) => `浮点，${mb} MB`,
    stop: '关闭摄像头',
    live: '实时摄像头',
    rate: (fps, ms) => `${fps} 帧/秒，${ms} 毫秒`,
    noCamera: '未找到摄像头',
    refused: '此页面未获准使用摄像头，请在浏览器中更改',
    insecure: '浏览器只允许 https 或 localhost 页面使用摄像头',
    cameraFailed: (why) => `摄像头无法工作：${why}`,
  },
};

const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language;
const language = asked.toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** What is said while the page runs, in the reader's language. */
export const say = spoken[language];

/** Puts the page's own texts into the reader's language. */
export function translate(document) {
  if (language === 'en') return;
  document.documentElement.lang = 'zh-CN';
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = zh[element.dataset.text];
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', zh[element.dataset.label]);
  }
}
