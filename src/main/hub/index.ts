/** @file The room's door: the local model library and the Hugging Face cache. It does not know the engine or the log. */
export { listCachedDataset, listCachedRevisions } from './cached-dataset.ts'
export { downloadDataset, DownloadError, type DownloadProgress } from './download-dataset.ts'
export { huggingFaceCacheDir, listCachedModels } from './hugging-face-cache.ts'
export { addToLibrary, listLibrary, resolveModel } from './model-library.ts'
