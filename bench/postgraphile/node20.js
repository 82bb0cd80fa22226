// PostGraphile 5 asks for Node.js 22, but this is all that it misses in 20.
Promise.withResolvers ??= function () {
  const deferred = {}
  deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }))
  return deferred
}
