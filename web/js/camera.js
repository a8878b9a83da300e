// The camera, frame by frame: while one is being outlined the next are dropped, so that what is
// shown is never old.

/** The newest frame, once there is one that was not taken yet. */
function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else requestAnimationFrame(resolve);
  });
}

export class Camera {
  /** onFrame(bitmap) is awaited; onRate(frames a second, milliseconds from frame to outline). */
  constructor(video, onFrame, onRate) {
    Object.assign(this, { video, onFrame, onRate });
    this.stream = null;
  }

  get running() {
    return this.stream !== null;
  }

  /** Throws what getUserMedia throws; resolves when the camera runs. onEnd: it was unplugged. */
  async start(deviceId, onEnd) {
    this.stop();
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'environment' };
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } },
      audio: false,
    });
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener('ended', onEnd);
    this.video.srcObject = stream;
    await this.video.play();
  }

  /** Outlines until the camera stops. */
  async run() {
    const { stream } = this;
    const ends = [];
    while (this.stream === stream) {
      await nextFrame(this.video);
      if (this.stream !== stream || this.video.videoWidth === 0) continue;
      const begin = performance.now();
      await this.onFrame(await createImageBitmap(this.video));
      const end = performance.now();
      ends.push(end);
      while (ends[0] < end - 2000) ends.shift();
      const rate = ends.length > 1 ? (1000 * (ends.length - 1)) / (end - ends[0]) : 0;
      if (this.stream === stream) this.onRate(rate, end - begin);
    }
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  /** The cameras that there are: [{deviceId, label}]. */
  static async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '');
  }
}
