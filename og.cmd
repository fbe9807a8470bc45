@echo off
node "%~dp0scripts\og.mjs" cli %*
