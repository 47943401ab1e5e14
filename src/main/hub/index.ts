/** @file The room's door: the local model library and the Hugging Face cache. It does not know the engine or the log. */
export { bundledModels } from './bundled-models.ts'
export { type CachedFile, listCachedDataset, listCachedRevisions } from './cached-dataset.ts'
export { downloadDataset, DownloadError, type DownloadOptions, type DownloadProgress } from './download-dataset.ts'
export { type CachedModel, huggingFaceCacheDir, listCachedModels } from './hugging-face-cache.ts'
export { addToLibrary, listLibrary, type ModelStore, resolveModel } from './model-library.ts'
