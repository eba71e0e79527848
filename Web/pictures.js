// Taking pictures from people: by choice and by drop.

/** What the server decodes. A browser may not be able to show all of them. */
export const ACCEPTED = 'image/jpeg,image/png,image/webp,image/bmp,image/gif,image/heic,image/heif,image/avif'
  + ',.heic,.heif,.avif';

/** Marks a zone while files hang over it and hands them over when they fall. */
export function acceptDrops(zone, take) {
  const mark = (event, over) => {
    event.preventDefault();
    zone.classList.toggle('over', over);
  };
  zone.addEventListener('dragenter', (event) => mark(event, true));
  zone.addEventListener('dragover', (event) => mark(event, true));
  zone.addEventListener('dragleave', (event) => mark(event, false));
  zone.addEventListener('drop', (event) => {
    mark(event, false);
    take([...event.dataTransfer.files]);
  });
}
