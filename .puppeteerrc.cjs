/** The engine is told which browser to use; installing packages never downloads one. */
module.exports = { skipDownload: true };
