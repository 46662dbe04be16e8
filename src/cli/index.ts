#!/usr/bin/env node
console.log('relode: the command line is not written yet')
